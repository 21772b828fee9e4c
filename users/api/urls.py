"""Routes of this app, under `/api/v1/`."""

from django.urls import URLPattern, path

from users.api import auth_views as auth
from users.api import ban_views as bans
from users.api import me_views as me

urlpatterns: list[URLPattern] = [
    path("auth/register", auth.RegisterView.as_view()),
    path("auth/otp/request", auth.OtpRequestView.as_view()),
    path("auth/otp/verify", auth.OtpVerifyView.as_view()),
    path("auth/token", auth.TokenView.as_view()),
    path("auth/token/refresh", auth.RefreshView.as_view()),
    path("auth/logout", auth.LogoutView.as_view()),
    path("auth/logout-all", auth.LogoutAllView.as_view()),
    path("auth/password/change", auth.PasswordChangeView.as_view()),
    path("auth/password/reset/request", auth.PasswordResetRequestView.as_view()),
    path("auth/password/reset/confirm", auth.PasswordResetConfirmView.as_view()),
    path("me", me.MeView.as_view()),
    path("me/sessions", me.MySessionsView.as_view()),
    path("me/sessions/<uuid:session_id>", me.MySessionView.as_view()),
    path("users/<uuid:person_id>/sessions/end", me.EndSessionsView.as_view()),
    path("users/<uuid:person_id>/ban", bans.BanView.as_view()),
    path("users/<uuid:person_id>/lift-ban", bans.LiftBanView.as_view()),
]
