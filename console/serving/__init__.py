"""The HTTP door: who may ask (guard), what can be asked (app, elsewhere), the process that answers (worker)."""
