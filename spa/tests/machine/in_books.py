"""The books balance, and find nothing wrong with themselves."""

from django.db import connection

from finances.selectors.ledger import verify

UNBALANCED = """
SELECT transaction_id::text, currency, sum(amount) FROM finances_ledgerentry
 GROUP BY transaction_id, currency HAVING sum(amount) <> 0
UNION ALL
SELECT 'all', currency, sum(amount) FROM finances_ledgerentry
 GROUP BY currency HAVING sum(amount) <> 0
"""


def find_nothing_wrong() -> None:
    """Sums by plain SQL, and then the command's own checks: lots, reservations, tills, vouchers."""
    with connection.cursor() as cursor:
        cursor.execute(UNBALANCED)
        assert cursor.fetchall() == []
    assert [finding.text for finding in verify() if not finding.is_explained] == []
