"""CHANGE: what the doors call to change something. Each service is one transaction or a job."""
