# SPDX-License-Identifier: GPL-2.0
"""Sphinx: our documents alone, with the target kernel's own kernel-doc extension.

docs.py sets srctree, the variable that the extension itself looks at.
"""

import os
import sys

srctree = os.environ["srctree"]
sys.path.insert(0, os.path.join(srctree, "Documentation/sphinx"))

# pylint: disable=invalid-name
project = "percpu_completer"
extensions = ["kerneldoc"]
kerneldoc_srctree = srctree
# Of Linux 6.12; later ones have it built in.
kerneldoc_bin = os.path.join(srctree, "scripts/kernel-doc")
primary_domain = "c"
highlight_language = "none"
c_id_attributes = ["__percpu", "__rcu", "__always_inline"]
# What our comments refer to and others document.
nitpicky = True
nitpick_ignore = [("c:identifier", "llist_node")]
html_theme = "alabaster"
html_show_copyright = False
