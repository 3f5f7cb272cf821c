"""A `call` that uses the functions of its backend (`tf.*`, `torch.*`, `jnp.*`) is recorded as if it used `keras.ops`.

One module a backend, with the tables of what stands for what: `TABLE` (functions), `METHODS` (of tensors). A function
that is not in the table is rejected by its name.
"""
