"""Run benchmarks by name, or list them."""

import sys
from importlib import import_module
from pathlib import Path

# Modules that others share have nothing to run.
names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if "\ndef main(" in path.read_text())
chosen = sys.argv[1:]
if not chosen:
    print("Benchmarks; name one or several, or 'all':")
    for name in names:
        text = (import_module(f"benchmarks.{name}").__doc__ or "").strip().splitlines()
        print(f"  {name:14}{text[0] if text else ''}")
    sys.exit(0)
unknown = [name for name in chosen if name not in names and name != "all"]
if unknown:
    sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(names)}")
for name in names if "all" in chosen else chosen:
    print(f"=== {name}")
    sys.argv = [f"benchmarks/{name}.py"]
    import_module(f"benchmarks.{name}").main()
