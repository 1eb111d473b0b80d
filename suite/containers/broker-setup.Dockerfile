# A one-shot: users, permissions and policies of the broker. Standard library only.
ARG PYTHON_IMAGE=python:3.13-slim-trixie
FROM ${PYTHON_IMAGE}
COPY suite/src/suite/broker_setup.py /broker-setup/broker_setup.py
COPY contracts /broker-setup/contracts
USER 10001:10001
ENTRYPOINT ["python3", "/broker-setup/broker_setup.py"]
