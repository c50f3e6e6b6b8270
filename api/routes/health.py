"""For whoever runs the service: does it live, is it ready, how is it doing."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic_core import to_json

from api import openapi
from api.metrics import MEDIA_TYPE
from api.problems import unavailable
from api.routing import metrics_of, service_of
from api.schemas import Health
from projections import asof

router = APIRouter(tags=["Operating"])
metrics_router = APIRouter(tags=["Operating"])


@router.get("/livez", response_model=Health, **openapi.open_to_all())
async def livez() -> Response:
    """Whether the process answers."""
    return Response(to_json({"status": "alive"}), media_type="application/json")


@router.get("/readyz", response_model=Health, **openapi.open_to_all(["unavailable"]))
def readyz(request: Request) -> Response:
    """Whether the service takes requests: its database answers, and it is not about to end."""
    service = service_of(request)
    if service.closing.is_set():
        return unavailable().response()
    # A database that is away is answered as everywhere: 503, come again.
    with service.database.reading() as connection:
        asof.head(connection)
    return Response(to_json({"status": "ready"}), media_type="application/json")


@router.get("/openapi.json", response_class=JSONResponse, **openapi.open_to_all())
def openapi_document(request: Request) -> Response:
    """This document."""
    return JSONResponse(request.app.openapi())


@metrics_router.get("/metrics", response_class=PlainTextResponse, **openapi.open_to_all())
def metrics(request: Request) -> Response:
    """Measures in the text format of Prometheus."""
    return Response(metrics_of(request).text(), media_type=MEDIA_TYPE)
