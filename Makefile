# Every entry point. `make help` lists the targets.
#
# Inputs: TORCH_VARIANT=auto|cpu|cuda and TORCH_ROOT=DIR for set-up, ARGS=... for bench.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export TORCH_VARIANT TORCH_ROOT
# Targets follow each other; the tools below them use all processors.
.NOTPARALLEL:

.PHONY: help
help: ## this list
	@echo "SwiftRec: recommenders in Swift on LibTorch"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup native build tests
setup: ## check the tools, make .venv with PyTorch (TORCH_VARIANT=auto|cpu|cuda, TORCH_ROOT=DIR)
	@scripts/setup.sh
native: setup ## build native/, the bridge over LibTorch
	@scripts/native.sh
build: native ## build the Swift package in release: bin/swiftrec
	@scripts/build.sh
tests: native ## build the package and its tests
	@scripts/build.sh --build-tests

# The test process bounds the spinning of idle OpenMP threads as the programs do by themselves (native/start/start.c).
test test-slow test-distributed: export GOMP_SPINCOUNT ?= 10000

.PHONY: demo
demo: build ## train five recommenders on MovieLens-100K, compare them, name ten films
	@.venv/bin/python scripts/demo.py

.PHONY: test test-slow test-distributed test-gpu gpu-bundle
test: tests ## run every test but the slow ones
	@scripts/test.sh fast
test-slow: tests ## run the slow tests: quality on full data, a package outside the repository
	@scripts/test.sh slow
test-distributed: tests ## run the tests of collectives and of data parallelism alone (part of make test)
	@scripts/test.sh distributed
gpu-bundle: native ## link the GPU tests into one stripped program, to carry to a machine without Swift
	@scripts/gpu.sh bundle
test-gpu: ## run that program against the PyTorch that python3 imports
	@scripts/gpu.sh test

.PHONY: bench
bench: build ## run the benchmarks beside their peers: a table and JSON lines (ARGS="neumf-2048 --rounds 5")
	@scripts/bench.sh $(ARGS)

.PHONY: bench-sparse
bench-sparse: build ## run the sparse engine's benchmarks beside TorchRec and FBGEMM (minutes; makes .venv-torchrec)
	@scripts/peers.sh
	@scripts/bench.sh sparse-dlrm sparse-lookups-1 sparse-lookups-20 sparse-quantized sparse-showcase $(ARGS)

.PHONY: bench-peers
bench-peers: build ## hold our peers to the scripts they were written after (ORIGINALS=their folder; minutes)
	@scripts/peers.sh
	@python3 scripts/compare-peers.py $(or $(ORIGINALS),../shared/peers) $(ARGS)

.PHONY: bench-ctr
bench-ctr: build ## run click models from text to AUC, their steps and the parser beside PyTorch and pyarrow (minutes)
	@scripts/bench.sh ctr-parse ctr-text ranker-steps $(ARGS)

.PHONY: ops check format
ops: setup ## write the operator bridge anew from native/tensor/ops.yaml
	@.venv/bin/python native/tensor/generate.py
check: ## look for style faults: swift format, shellcheck and clang-format where they are
	@scripts/check.sh
format: ## format the Swift sources in place
	swift format --in-place --parallel --recursive Package.swift Sources Tests Examples

.PHONY: env
env: ## print the environment for a package outside the repository
	@scripts/env.sh

.PHONY: clean
clean: ## remove what was built; .venv and runs/ stay
	rm -rf .build .build-* native/build native/build-* bin
