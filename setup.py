"""Put the scenarios into the wheel: in the tree they stand beside the package, where people look for them."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithScenarios(build_py):
    """Copy the scenario files to ``sim/scenarios``, but not for an editable install, which finds them beside it."""

    def run(self) -> None:
        """Build the package, then copy."""
        super().run()
        if self.editable_mode:
            return
        for path in sorted(Path("scenarios").rglob("*")):
            if path.suffix in (".yaml", ".json", ".md"):
                target = Path(self.build_lib, "sim", path)
                self.mkpath(str(target.parent))
                self.copy_file(str(path), str(target))


setup(cmdclass={"build_py": BuildWithScenarios})
