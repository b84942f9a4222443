"""A Django project in one file, with Django OAuth Toolkit: python django_server.py PORT DEMO PAGE

DEMO and PAGE are the addresses of the two apps. The database is a file in the working directory.
"""

import sys
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.conf import settings
from jwcrypto.jwk import JWK

port, demo, page = int(sys.argv[1]), sys.argv[2], sys.argv[3]
PASSWORD = "interop"
ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(app)) for app in (demo, page)]
DATABASE = Path("django.sqlite3")
LOGIN = '<!doctype html><title>Log in</title><form method="post">{% csrf_token %}{{ form.as_p }}<button>Log in</button></form>'

settings.configure(
    SECRET_KEY="only for this run",
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF=__name__,
    LOGIN_URL="/login/",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE, "OPTIONS": {"timeout": 20}}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "corsheaders",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "corsheaders.middleware.CorsMiddleware",
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth"],
                "loaders": [
                    ("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN}),
                    "django.template.loaders.app_directories.Loader",
                ],
            },
        }
    ],
    CORS_ALLOWED_ORIGINS=ORIGINS,
    CORS_URLS_REGEX=r"^/o/",
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": JWK.generate(kty="RSA", size=2048).export_to_pem(private_key=True, password=None).decode(),
        "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
        "OIDC_RP_INITIATED_LOGOUT_ALWAYS_PROMPT": False,
        "OAUTH2_VALIDATOR_CLASS": f"{__name__}.Validator",
        "SCOPES": {"openid": "Who you are", "profile": "Your name", "email": "Your email address"},
        "ACCESS_TOKEN_EXPIRE_SECONDS": 30,
        "ROTATE_REFRESH_TOKEN": True,
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "REQUEST_APPROVAL_PROMPT": "auto",
        "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    },
)
# Named in the settings, and imported by that name.
sys.modules["django_server"] = sys.modules[__name__]
django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.contrib.auth.views import LoginView  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.models import get_application_model  # noqa: E402
from oauth2_provider.oauth2_validators import OAuth2Validator  # noqa: E402


class Validator(OAuth2Validator):
    """Gives the name and the email address besides `sub`, and lets `prompt=none` through to the view, which judges it: as it comes, the
    toolkit has none of the two methods for it and answers with an error 500."""

    oidc_claim_scope = OAuth2Validator.oidc_claim_scope | {"name": "profile", "email": "email"}

    def get_additional_claims(self):
        return {"name": lambda request: request.user.get_full_name(), "email": lambda request: request.user.email}

    def validate_silent_login(self, request):
        return True

    def validate_silent_authorization(self, request):
        return True


urlpatterns = [
    path("login/", LoginView.as_view()),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]


def main():
    DATABASE.unlink(missing_ok=True)
    call_command("migrate", verbosity=0)
    for name in ("ada", "cora", "cyra", "dora", "dyna"):
        names = {"first_name": name.capitalize(), "last_name": "Demo"}
        User.objects.create_user(name, f"{name}@example.test", PASSWORD, **names)
    Application = get_application_model()
    application = Application(
        client_id="pkce-login-demo",
        name="pkce-login",
        client_type=Application.CLIENT_PUBLIC,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        algorithm=Application.RS256_ALGORITHM,
        redirect_uris=f"{demo}callback.html {page}callback.html",
        post_logout_redirect_uris=f"{demo} {page}interop.html",
    )
    application.full_clean()
    application.save()
    call_command("runserver", f"localhost:{port}", "--noreload", "--skip-checks")


if __name__ == "__main__":
    main()
