"""Reading metrics."""

from .http import Endpoint


def metrics_of(service):
    """The metrics as {"name{labels}": value}."""
    reply = Endpoint(f"http://{service.settings['BESACE_METRICS_LISTEN']}").get("/metrics")
    assert reply.status == 200
    assert reply.header("Content-Type").startswith("text/plain; version=0.0.4")
    lines = [line for line in reply.body.decode().splitlines() if not line.startswith("#")]
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}
