"""What clients speak: bodies to rows and answers to bodies, as pure functions of parsed JSON or text.

    own              {"rows": [{...}]} and the contract's served prediction
    mlflow           MLflow's /invocations
    open_inference   the Open Inference Protocol, version 2

Each has `read(...) -> Request` and `answer(...) -> dict`; BadRequest says what is wrong with a body.
"""
