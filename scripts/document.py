# SPDX-License-Identifier: GPL-2.0
"""results.json as a document: it keeps to its schema."""

import json

from common import EXIT_SETUP, TOP, die
from stats import Invalid

SCHEMA = TOP / "scripts" / "results.schema.json"


def validate(result):
    """Against the schema; a document that breaks it is a bug of ours."""
    try:
        import jsonschema
    except ImportError:
        die(EXIT_SETUP, "python3-jsonschema is not installed; run make setup")
    try:
        jsonschema.validate(result, json.loads(SCHEMA.read_text()))
    except jsonschema.ValidationError as err:
        raise Invalid(f"results.json breaks its schema: {err.json_path}: {err.message}") from err
