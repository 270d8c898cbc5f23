"""
${message}.

Revision: ${up_revision}, after ${down_revision | comma,n}.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move the schema one step forward."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Refuse: recorded entries would be lost."""
    raise RuntimeError("The journal cannot go back; restore a backup into an older toxwatch.")
