"""
The cohort's grades as readable SQL, to be run where the data lie.

``to_sql`` returns a script: the tables that the scalar grader filled, then one view
``toxwatch_graded`` over a table of observations in the flat form of ``columns``. Nothing in it
needs Python, and nothing in it knows a rule that the tables do not hold.
"""

from toxmodels.cohort.sql.dialects import DIALECTS
from toxmodels.cohort.sql.script import VIEW, statements, table_statements, to_sql, view_statement

__all__ = ["DIALECTS", "VIEW", "statements", "table_statements", "to_sql", "view_statement"]
