"""The filter language, parsed once for all doors: `--where` and `--order` of the verbs, `/` of the console.

`language` is the grammar, pure; `conditions` makes SQL of it, given a table of fields.
"""
