"""every column that runs are sorted by has its index, with the run's number as second key; lanes and keys of jobs"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE run ADD COLUMN verdict TEXT GENERATED ALWAYS AS (json_extract(gate, '$.verdict')) VIRTUAL"
    )
    op.execute(
        "ALTER TABLE run ADD COLUMN outcome TEXT GENERATED ALWAYS AS (json_extract(decision, '$.outcome')) VIRTUAL"
    )
    for column in ("verdict", "outcome", "cause", "seconds"):
        op.create_index(f"run_{column}", "run", [column, "id"])
    op.create_index("run_started", "run", ["started_at", "id"])
    op.drop_index("run_metric_value", "runmetric")
    op.create_index("run_metric_value", "runmetric", ["name", "value", "run_id"])
    op.drop_index("run_param_number", "runparam")
    op.create_index("run_param_number", "runparam", ["name", "number", "run_id"])
    op.create_index("job_lane", "job", ["lane", "id"])
    op.create_index("job_key", "job", ["key", "queued_at"])
