"""Finds the invoice that each payment of a bank statement is for: by its number, or by the amount and a similar name."""

import csv
import difflib
import io
import logging
import re
from decimal import Decimal

logging.getLogger().setLevel(logging.INFO)
ALIKE = 0.6


class StatementUnreadable(Exception):
    """The state machine catches it by this name."""


def lambda_handler(event, context):
    open_invoices = {invoice["number"]: invoice for invoice in event["invoices"]}
    matches, unknown = [], []
    for payment in read_statement(event["statement"]):
        invoice = by_number(payment, open_invoices) or by_name(payment, open_invoices)
        if invoice is None:
            unknown.append({"payer": payment["payer"], "amount": payment["amount"], "text": payment["text"]})
            continue
        del open_invoices[invoice["number"]]
        left = Decimal(invoice["amount"]) - payment["amount"]
        matches.append({"invoice": invoice["number"], "paid": payment["amount"], "left": left})
    logging.info("matched %d payments, %d are unknown", len(matches), len(unknown))
    # Decimals become JSON's numbers, as with AWS's own runtime.
    return {
        "matches": matches,
        "unknown": unknown,
        "open": sorted(open_invoices),
        "paid": sum((match["paid"] for match in matches), Decimal(0)),
    }


def read_statement(text):
    try:
        return [{**row, "amount": Decimal(row["amount"])} for row in csv.DictReader(io.StringIO(text), strict=True)]
    except (ArithmeticError, KeyError, csv.Error) as error:
        raise StatementUnreadable(f"the statement cannot be read: {error!r}") from error


def by_number(payment, invoices):
    return next((invoices[number] for number in re.findall(r"INV-\d+", payment["text"]) if number in invoices), None)


def by_name(payment, invoices):
    def alike(invoice):
        return difflib.SequenceMatcher(None, words_of(invoice["customer"]), words_of(payment["payer"])).ratio()

    fitting = [invoice for invoice in invoices.values() if Decimal(invoice["amount"]) == payment["amount"]]
    best = max(fitting, key=alike, default=None)
    return best if best is not None and alike(best) >= ALIKE else None


def words_of(name):
    """Banks turn names around."""
    return " ".join(sorted(re.findall(r"\w+", name.lower())))
