"""LightGBM as `lgb`, without its wrappers for scikit-learn: nothing here uses them, and they take 1.2 s to load."""

import platform
import sys

# LightGBM tries to import scikit-learn, and does without where it is not there. Elsewhere than on x86-64 both load only
# in LightGBM's own order (its issue 6509), and a process may grow a forest after it has boosted.
if platform.machine() in ("x86_64", "AMD64") and "sklearn" not in sys.modules:
    sys.modules["sklearn"] = None
    import lightgbm as lgb

    del sys.modules["sklearn"]
else:
    import lightgbm as lgb

__all__ = ["lgb"]
