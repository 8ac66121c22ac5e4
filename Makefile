# Every entry point. `make help` lists the targets.
#
# Inputs: TORCH_VARIANT=auto|cpu|cuda and TORCH_ROOT=DIR for set-up, ARGS=... for bench.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export TORCH_VARIANT TORCH_ROOT IMAGE_VARIANT IMAGE_ENGINE BINARIES SWIFT_IMAGE
# Targets follow each other; the tools below them use all processors.
.NOTPARALLEL:

.PHONY: help
help: ## this list
	@echo "SwiftRec: recommenders in Swift on LibTorch"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup native build static tests
setup: ## check the tools, make .venv with PyTorch (TORCH_VARIANT=auto|cpu|cuda, TORCH_ROOT=DIR)
	@scripts/setup.sh
native: setup ## build native/, the bridge over LibTorch
	@scripts/native.sh
build: native ## build the Swift package in release: bin/swiftrec
	@scripts/build.sh
static: native ## build bin/static/swiftrec, which needs no Swift where it runs
	@scripts/build.sh --static
tests: native ## build the package and its tests
	@scripts/build.sh --build-tests

# The test process bounds the spinning of idle OpenMP threads, and how long an answer of the name service may be missing, as
# the programs do by themselves (native/start/start.c).
test test-slow test-distributed test-object-store soak: export GOMP_SPINCOUNT ?= 10000
test test-slow test-distributed test-object-store soak: export RES_OPTIONS ?= timeout:1 attempts:5

.PHONY: demo
demo: build ## train five recommenders on MovieLens-100K, compare them, name ten films, serve
	@.venv/bin/python scripts/demo.py

.PHONY: test test-slow test-distributed test-serving soak test-object-store test-gpu gpu-bundle test-torch-releases
test: tests ## run every test but the slow ones
	@scripts/test.sh fast
test-slow: tests ## run the slow tests: quality on full data, packages outside the repository
	@scripts/test.sh slow
test-distributed: tests ## run the tests of collectives, links and data parallelism alone (part of make test)
	@scripts/test.sh distributed
soak: tests ## kill workers of a training at 50 random moments; each run must end as an undisturbed one
	@SWIFTREC_KILLS=$${SWIFTREC_KILLS:-50} scripts/test.sh soak
test-object-store: tests ## checkpoints, models and data in an object store, against SeaweedFS on loopback (installed into .build)
	@scripts/with-object-store.sh scripts/test.sh object-store
gpu-bundle: native ## link the GPU tests into one stripped program, to carry to a machine without Swift
	@scripts/gpu.sh bundle
test-gpu: ## run that program against the PyTorch that python3 imports
	@scripts/gpu.sh test

test-serving: build ## tritonclient, schemathesis, fuzzed requests and faults against swiftrec serve (makes .venv-serving; minutes)
	@scripts/test-serving.sh $(ARGS)

test-torch-releases: build ## build the bridge for the other releases of PyTorch, run one program with each (minutes, 5 GB)
	@scripts/test-torch-releases.sh

.PHONY: test-pipeline test-monitoring
test-pipeline: build ## run `swiftrec pipeline` over small data, kill its steps, and run its Airflow DAG (makes .venv-airflow)
	@scripts/test-pipeline.sh
test-monitoring: build ## run deploy/monitoring: rules, a live Prometheus, each query of the dashboards, an alert to a webhook
	@scripts/test-monitoring.sh

.PHONY: wheel test-notebooks notebooks
wheel: native ## build the Python package for notebooks: dist/swiftrec-*.whl
	@scripts/wheel.sh
test-notebooks: wheel ## install the wheel in a fresh environment, run its tests and the notebooks (minutes)
	@scripts/notebooks.sh
notebooks: wheel ## the same, and keep what the notebooks print and plot
	@scripts/notebooks.sh --write

.PHONY: bench
bench: build ## run the benchmarks beside their peers: a table and JSON lines (ARGS="neumf-2048 --rounds 5")
	@scripts/bench.sh $(ARGS)

.PHONY: bench-sparse
bench-sparse: build ## run the sparse engine's benchmarks beside TorchRec and FBGEMM (minutes; makes .venv-torchrec)
	@scripts/peers.sh
	@scripts/bench.sh sparse-dlrm sparse-lookups-1 sparse-lookups-20 sparse-quantized sparse-showcase $(ARGS)

.PHONY: bench-distributed
bench-distributed: build ## DLRM on two processes beside copies and one process, plans, checkpoints beside the disk, collectives (minutes)
	@scripts/bench.sh distributed-dlrm distributed-plans checkpoint $(ARGS)
	@bin/swiftrec bench collectives

.PHONY: bench-object-store
bench-object-store: build ## 1 GiB into an object store beside curl's single stream
	@scripts/with-object-store.sh scripts/bench.sh object-store $(ARGS)

.PHONY: bench-serving
bench-serving: build ## swiftrec serve beside FastAPI with torch on the same TorchScript files, and recommend over a million items
	@scripts/serving-venv.sh peers
	@.venv-serving/bin/python scripts/bench-serving.py $(ARGS)
	@.venv-serving/bin/python scripts/bench-recommend.py

.PHONY: bench-peers
bench-peers: build ## hold our peers to the scripts they were written after (ORIGINALS=their folder; minutes)
	@scripts/peers.sh
	@python3 scripts/compare-peers.py $(or $(ORIGINALS),../shared/peers) $(ARGS)

.PHONY: bench-ctr
bench-ctr: build ## run click models from text to AUC, their steps and the parser beside PyTorch and pyarrow (minutes)
	@scripts/bench.sh ctr-parse ctr-text ranker-steps $(ARGS)

.PHONY: images test-images scan-images push
images: $(if $(filter image,$(BINARIES)),,static wheel) ## build the images with buildah or docker (IMAGE_VARIANT=cpu|cu130, BINARIES=prebuilt|image)
	@scripts/images.sh build
test-images: ## start each image with podman, hardened, and use it (after make images)
	@scripts/images.sh test $(ARGS)
scan-images: ## look for known vulnerabilities with trivy or grype, offline, where one is installed
	@scripts/images.sh scan
push: ## push the images: make push REGISTRY=registry.example.org:5000/recommenders
	@scripts/images.sh push "$(REGISTRY)"

.PHONY: quality-ctr
quality-ctr: build ## train click models on made-up logs beside the best AUC there can be: three seeds, half an hour
	@.venv/bin/python scripts/quality-ctr.py $(ARGS)

.PHONY: ops protobuf check format
protobuf: setup ## write the gRPC code anew from Sources/Serving/GRPC/*.proto (minutes)
	@scripts/protobuf.sh
ops: setup ## write the operator bridge anew from native/tensor/ops.yaml
	@.venv/bin/python native/tensor/generate.py
check: ## look for style faults: swift format, shellcheck and clang-format where they are
	@scripts/check.sh
format: ## format the Swift sources in place
	swift format --in-place --parallel --recursive Package.swift Sources Tests Examples

.PHONY: smoke smoke-image
smoke: build ## train and evaluate a small model on made-up data; fails where it is not better than popularity
	@.venv/bin/python scripts/smoke.py
smoke-image: ## ask the model that `make smoke` trained in the serve image: the same metric, the same items
	@eval "$$(scripts/images.sh env)" && python3 scripts/smoke.py --image "localhost/swiftrec-serve:$$SWIFTREC_IMAGE_TAG"

.PHONY: test-lab test-lab-model
test-lab: ## prove who gets into the lab and who does not: its start script, then its image where there is one
	@scripts/test-lab.sh
test-lab-model: ## in the lab's image: `swiftrec new model`, then build, test and train that package (minutes)
	@scripts/test-lab.sh model

.PHONY: lint-ci
lint-ci: ## lint .github/workflows with actionlint and zizmor; each step must be a make target (makes .venv-ci)
	@scripts/lint-ci.sh

.PHONY: validate-deploy test-cluster
validate-deploy: ## hold deploy/kubernetes to schemas, policies and faults that must be found (makes .venv-deploy)
	@scripts/validate-deploy.sh $(ARGS)
test-cluster: ## ask the API server of your kubeconfig whether it takes every overlay; writes nothing (CONTEXT=, NAMESPACE=)
	@scripts/test-cluster.sh $(ARGS)

.PHONY: env
env: ## print the environment for packages outside the repository
	@scripts/env.sh

.PHONY: clean
clean: ## remove what was built; .venv and runs/ stay
	rm -rf .build .build-* native/build native/build-* bin dist python/build
