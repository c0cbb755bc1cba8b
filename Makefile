# The only entry points a newcomer needs. Each installs what it lacks on a Debian machine that has Rust, and says so.
.PHONY: demo test lint bench fuzz soak

demo: ; @scripts/demo
test: ; @scripts/test
lint: ; @scripts/lint
bench: ; @scripts/bench
fuzz: ; @scripts/fuzz
soak: ; @scripts/soak
