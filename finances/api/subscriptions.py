"""Memberships over HTTP: one's own, and for staff to look at everybody's (FIN-08)."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsPerson, IsPublic
from core.use_cases import UseCase
from finances import errors
from finances.api.subscriptions_shapes import (
    ChangePlanInput,
    MembershipOutput,
    PlanOutput,
    ReactivateInput,
    SubscribeInput,
    SubscriptionOutput,
)
from finances.domain.means import Spent
from finances.models import Subscription, SubscriptionPlan
from finances.selectors.subscriptions import (
    get_membership,
    get_subscription,
    list_offered_plans,
    list_subscriptions,
    present_subscription,
)
from finances.services.charges import send_charge
from finances.services.plan_changes import change_plan
from finances.services.subscriptions import (
    cancel_subscription,
    reactivate_subscription,
    subscribe,
)
from finances.types import OrderedSubscription
from users import errors as people
from users.types import AuthenticatedRequest

TAGS = ["finanzas"]
STAFF = frozenset({"staff", "admin"})


def _act(
    request: AuthenticatedRequest,
    use_case: UseCase[..., OrderedSubscription],
    *,
    status: int = 200,
    **asked: Any,
) -> HttpResponse:
    """Change it once and answer how it stands, then send the charge if one was ordered."""
    charges: list[UUID] = []

    def present(ordered: OrderedSubscription) -> dict[str, Any]:
        if ordered.charge_id is not None:
            charges.append(ordered.charge_id)
        return present_subscription(get_subscription(subscription_id=ordered.subscription_id))

    answer = answer_once(
        request, use_case, present=present, status=status, now=timezone.now(), **asked
    )
    for charge_id in charges:
        send_charge(charge_id=charge_id, spent=Spent())
    return answer


class SubscriptionPlansView(GenericAPIView[SubscriptionPlan]):
    """Plans."""

    permission_classes = [IsPublic]
    throttle_scope = "catalogue"
    serializer_class = PlanOutput
    queryset = SubscriptionPlan.objects.none()

    @extend_schema(
        operation_id="subscription_plans_list",
        tags=TAGS,
        summary="Los planes de membresía que se ofrecen",
        responses=PlanOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """The cheapest first; none while the studio offers no membership."""
        page: Any = self.paginate_queryset(list_offered_plans())
        return self.get_paginated_response(PlanOutput(page, many=True).data)


class SubscriptionsView(GenericAPIView[Subscription]):
    """Memberships."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    serializer_class = SubscriptionOutput
    queryset = Subscription.objects.none()
    refusals = {
        "POST": (
            errors.PlanUnknown,
            errors.PlanNotOffered,
            errors.SubscriptionLive,
            errors.SubscriptionForClients,
            errors.SourceUnknown,
            errors.SourceNotUsable,
            errors.EmailNeeded,
            people.Banned,
        )
    }

    @extend_schema(
        operation_id="subscriptions_list",
        tags=TAGS,
        summary="Mis membresías; para el personal, las de todos",
        responses=SubscriptionOutput(many=True),
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        """One page, the newest first."""
        mine = None if request.user.role in STAFF else request.user.pk
        page: Any = self.paginate_queryset(list_subscriptions(client_id=mine))
        return self.get_paginated_response([present_subscription(one) for one in page])

    @extend_schema(
        tags=TAGS,
        summary="Suscribirse a un plan con un medio de pago guardado",
        request=SubscribeInput,
        responses={202: SubscriptionOutput},
    )
    def post(self, request: AuthenticatedRequest) -> HttpResponse:
        """The first month is charged now; the membership begins when the money is there.

        `payment` is that of the first month: when the source is refused it can be charged by
        another way (`payments/{id}/charge`) while it is open.
        """
        asked = SubscribeInput.parse(request.data)
        return _act(
            request,
            subscribe,
            status=202,
            client_id=request.user.pk,
            plan_id=asked["plan"],
            source_id=asked["payment_source"],
        )


class SubscriptionView(APIView):
    """One membership."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    refusals = {"GET": (errors.SubscriptionUnknown,)}

    @extend_schema(tags=TAGS, summary="Una membresía", responses=SubscriptionOutput)
    def get(self, request: AuthenticatedRequest, subscription_id: UUID) -> Response:
        """Mine; anybody's for staff."""
        mine = None if request.user.role in STAFF else request.user.pk
        found = get_subscription(subscription_id=subscription_id, client_id=mine)
        return Response(present_subscription(found))


class CancelSubscriptionView(APIView):
    """Leaving."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {"POST": (errors.SubscriptionUnknown, errors.SubscriptionOver)}

    @extend_schema(
        tags=TAGS,
        summary="Cancelar mi membresía: no se cobra más y lo pagado se conserva",
        request=None,
        responses=SubscriptionOutput,
    )
    def post(self, request: AuthenticatedRequest, subscription_id: UUID) -> HttpResponse:
        """Until the end of what is paid one may reactivate."""
        return _act(
            request,
            cancel_subscription,
            subscription_id=subscription_id,
            client_id=request.user.pk,
            actor_id=request.user.pk,
        )


class ReactivateSubscriptionView(APIView):
    """Staying after all."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (
            errors.SubscriptionUnknown,
            errors.SubscriptionOver,
            errors.SubscriptionBusy,
            errors.SourceUnknown,
            errors.SourceNotUsable,
            people.Banned,
        )
    }

    @extend_schema(
        tags=TAGS,
        summary="Reactivar mi membresía cancelada, o pagar ya la que está en mora",
        request=ReactivateInput,
        responses=SubscriptionOutput,
    )
    def post(self, request: AuthenticatedRequest, subscription_id: UUID) -> HttpResponse:
        """With what was charged before, or another kept source; past due it is charged now."""
        asked = ReactivateInput.parse(request.data)
        return _act(
            request,
            reactivate_subscription,
            subscription_id=subscription_id,
            client_id=request.user.pk,
            source_id=asked.get("payment_source"),
        )


class ChangePlanView(APIView):
    """Another plan."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (
            errors.SubscriptionUnknown,
            errors.PlanUnknown,
            errors.PlanNotOffered,
            errors.PlanIsTheSame,
            errors.PlanChangeNotNow,
            errors.SubscriptionBusy,
            errors.SourceNotUsable,
            errors.EmailNeeded,
            people.Banned,
        )
    }

    @extend_schema(
        tags=TAGS,
        summary="Cambiar de plan: uno más caro ya, uno más barato desde el próximo mes",
        request=ChangePlanInput,
        responses={202: SubscriptionOutput},
    )
    def post(self, request: AuthenticatedRequest, subscription_id: UUID) -> HttpResponse:
        """The difference for the rest of the month is charged now; the plan changes once paid."""
        asked = ChangePlanInput.parse(request.data)
        return _act(
            request,
            change_plan,
            status=202,
            subscription_id=subscription_id,
            client_id=request.user.pk,
            plan_id=asked["plan"],
        )


class MyMembershipView(APIView):
    """What being a member is to me."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"

    @extend_schema(
        tags=TAGS,
        summary="Mi membresía: estado, beneficios, próximo cobro y lo que llevo ganado",
        responses=MembershipOutput,
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        """Also for who has none."""
        return Response(get_membership(client_id=request.user.pk, now=timezone.now()))
