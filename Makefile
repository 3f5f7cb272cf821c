# Every target does its own set-up and is quick when run again; the work is in scripts/.
.DEFAULT_GOAL := help
.PHONY: help setup build test nightly demo wheel bench lint format fuzz probe clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

setup:  ## system packages and the virtual environments (jax, tensorflow, torch)
	@scripts/setup system clang jax tensorflow torch

build:  ## the C++ code and its tests, in build/dev
	@scripts/build dev

test:  ## everything that must hold: lint, C++ tests, sanitizers, Python tests on each backend
	@scripts/test

nightly:  ## what is too slow for `make test`: clang-tidy, long fuzzing, every line of the page of ops, what other tools read, digests, wrong files, random models, special values, Keras' own tests, demo, installations
	@scripts/test nightly

demo:  ## a real pitch network, exported and heard
	@scripts/demo

wheel:  ## a wheel for other machines, in build/dist; with PYTHONS=/path/to/python3.12 also one for every Python from 3.12 on
	@scripts/wheel $(PYTHONS)

bench:  ## time, memory and inference beside the existing roads
	@scripts/bench

lint:  ## clang-format, ruff, and clang-tidy, which `make test` leaves out
	@scripts/lint

format:  ## formats C++ and Python in place
	@scripts/format

fuzz:  ## each reader, fuzzed for a minute
	@scripts/fuzz 60

clean:  ## removes build/; the virtual environments stay
	@rm -rf build
