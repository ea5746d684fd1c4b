"""What people see: the triage site for officers and the Grafana boards for analysts."""
