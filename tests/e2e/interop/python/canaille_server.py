"""Canaille with its records in a file of the working directory: python canaille_server.py PORT DEMO PAGE

DEMO and PAGE are the addresses of the two apps. Each is a client of its own, as Canaille takes the one origin that may read its
answers from the client's address.
"""

import sys
from pathlib import Path

import canaille
from canaille.app import models
from canaille.backends import Backend
from werkzeug.serving import run_simple

port, demo, page = int(sys.argv[1]), sys.argv[2], sys.argv[3]
PASSWORD = "interop interop"
ACCESS_TOKEN_SECONDS = 30
# Its records in memory are no choice: they are found by any of the things that are looked for, so one person's consent is all people's.
DATABASE = Path("canaille.sqlite3").resolve()
DATABASE.unlink(missing_ok=True)

app = canaille.create_app(
    config={
        "SECRET_KEY": "only for this run",
        "SERVER_NAME": f"localhost:{port}",
        "PREFERRED_URL_SCHEME": "http",
        "SESSION_COOKIE_SECURE": False,
        "OAUTH2_TOKEN_EXPIRES_IN": {"authorization_code": ACCESS_TOKEN_SECONDS, "refresh_token": ACCESS_TOKEN_SECONDS},
        "CANAILLE_SQL": {"DATABASE_URI": f"sqlite:///{DATABASE}", "PASSWORD_SCHEMES": "pbkdf2_sha512"},
        "CANAILLE": {"DATABASE": "sql", "SMTP": None, "EMAIL_CONFIRMATION": False},
        "CANAILLE_OIDC": {"TRUSTED_DOMAINS": []},
    }
)

with app.app_context(), Backend.instance.session():
    for name in ("ada", "cora", "cyra", "dora", "dyna"):
        user = models.User(
            user_name=name,
            formatted_name=f"{name.capitalize()} Demo",
            given_name=name.capitalize(),
            family_name="Demo",
            emails=[f"{name}@example.test"],
            password=PASSWORD,
        )
        Backend.instance.save(user)
    for client_id, origin, back in (("pkce-login-demo", demo, demo), ("pkce-login-page", page, f"{page}interop.html")):
        client = models.Client(
            client_id=client_id,
            client_name=client_id,
            client_uri=origin,
            redirect_uris=[f"{origin}callback.html"],
            post_logout_redirect_uris=[back],
            grant_types=["authorization_code", "refresh_token"],
            response_types=["code"],
            scope=["openid", "profile", "email"],
            token_endpoint_auth_method="none",
        )
        Backend.instance.save(client)
        client.audience = [client]
        Backend.instance.save(client)

run_simple("localhost", port, app, threaded=True)
