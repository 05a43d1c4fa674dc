"""Classes with an `update_state` of their own, as metrics of Keras have it.

stateful    what such a class becomes: variables, the verbs, equality
variables   `add_weight`, and what it returns
extended    subclasses of disteval's own metrics
updates     one run of `update_state`
planned     the class in a plan: traced, else block by block
chunked     the states of those that run block by block
"""
