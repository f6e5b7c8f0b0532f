"""What gunicorn lets in, whoever starts it: `gunicorn wsgi:app` and `make run` read this file by its name.

A silent client holds no thread (tests/test_gunicorn.py); one that sends a letter now and then is for the proxy in front
to stop, which reads a whole request before it asks.
"""

limit_request_line = 4_094
limit_request_fields = 60
limit_request_field_size = 8_190
timeout = 60
graceful_timeout = 30
keepalive = 5
backlog = 512
control_socket_disable = True
