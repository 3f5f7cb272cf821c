"""Calls of Keras' own tests whose file is not what the call gives, and why: what is not kelt's to mend.

A pattern of `suite: what: says`, and the reason. The command fails on anything else, and names what no call needs.
"""

REASONS: dict[str, str] = {}
