"""Wrong files made out of right ones, to measure what `kelt.verify` catches."""
