"""The support matrix on 64-bit Arm, under emulation: `scripts/arm`."""
