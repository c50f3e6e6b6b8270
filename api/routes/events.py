"""The schemas of the events, for those who read the log without us."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from api import openapi
from api.problems import refuse
from ledger import event_schemas, events

router = APIRouter(prefix="/events", tags=["Operating"])

_TOPIC = {
    "name": "topic",
    "in": "path",
    "required": True,
    "description": "A topic of the log.",
    "schema": {"type": "string"},
    "example": "attendance-amended",
}


@router.get("", response_class=JSONResponse, **openapi.open_to_all())
async def list_events() -> Response:
    """Every topic of the log, what it says happened, and where its JSON Schema is."""
    topics = [
        {
            "topic": kind.topic,
            "about": event_schemas.about(kind),
            "schema": f"/events/{kind.topic}",
        }
        for kind in events.ALL
    ]
    return JSONResponse({"topics": topics})


@router.get(
    "/{topic}",
    response_class=JSONResponse,
    **openapi.open_to_all(["not-found"], parameters=[_TOPIC]),
)
async def describe_event(request: Request) -> Response:
    """The JSON Schema of the stored state of one topic."""
    topic = request.path_params["topic"]
    if topic not in events.BY_TOPIC:
        raise refuse("not-found")
    return JSONResponse(event_schemas.schema(topic))
