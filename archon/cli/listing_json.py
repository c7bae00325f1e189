"""The list of models for programs."""

from __future__ import annotations

from dataclasses import asdict

from archon.domain.money import to_usd
from archon.domain.task import FREE, Price
from archon.domain.values import JsonObject
from archon.services.list_models import ModelListing
from archon.services.listing.parts import Part
from archon.services.listing.register import ListedModel


def listing_json(listing: ModelListing) -> JsonObject:
    """Everything, with prices in dollars for a million tokens."""
    return {
        "roles": [_part_json(part) for part in listing.parts],
        "models": [_model_json(model, listing) for model in listing.models],
        "providers": [
            {
                "name": reach.provider,
                "label": reach.label,
                "state": reach.state,
                "cure": reach.cure,
                "models": None if reach.models is None else len(reach.models),
            }
            for reach in listing.providers
        ],
        "problem": asdict(listing.problem) if listing.problem else None,
    }


def _part_json(part: Part) -> JsonObject:
    return {
        "role": part.role,
        "model": part.name or None,
        "why": part.why,
        "shares": part.shares or None,
        "is_asked": part.is_asked,
        "state": part.model.standing.state if part.model else None,
        "parameters": [asdict(each) for each in part.parameters],
        "price": _price_json(part.model.choice.price) if part.model else None,
        "problem": asdict(part.problem) if part.problem else None,
    }


def _model_json(model: ListedModel, listing: ModelListing) -> JsonObject:
    choice = model.choice
    parts = [part for part in listing.parts if part.model and part.model.choice.name == choice.name]
    return {
        "model": choice.name,
        "provider": model.provider,
        "roles": list(model.roles),
        "agents": [part.role for part in parts],
        "why": ", ".join(dict.fromkeys(part.why for part in parts if not part.shares)),
        "state": model.standing.state,
        "cure": model.standing.cure,
        "profile": asdict(choice.profile) if choice.profile else None,
        "context_tokens": choice.context_tokens,
        "max_output_tokens": choice.max_output_tokens,
        "price": _price_json(choice.price),
        "measured_at": choice.measured_at or None,
    }


def _price_json(price: Price) -> JsonObject:
    return {
        "is_known": price.is_known,
        "is_free": price == FREE,
        "counted_usd_per_million": {
            "input": to_usd(price.input),
            "output": to_usd(price.output),
            "cache_read": to_usd(price.cache_read),
            "cache_write": to_usd(price.cache_write),
        },
    }
