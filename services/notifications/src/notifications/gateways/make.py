"""The adapters of the configured gateways, in their order."""

from notifications.gateways.aliyun import AliyunGateway
from notifications.gateways.contract import Gateway
from notifications.gateways.generic import GenericGateway
from notifications.gateways.tencent import TencentGateway
from notifications.sending.settings import SendingSettings, SmsProvider
from shared.clock import Clock


def make_gateways(settings: SendingSettings, clock: Clock) -> list[Gateway]:
    return [_make(provider, settings, clock) for provider in settings.sms_providers]


def _make(provider: SmsProvider, settings: SendingSettings, clock: Clock) -> Gateway:
    if provider.kind == "aliyun":
        return AliyunGateway(provider, settings.sms_signature, settings.step_seconds, clock)
    if provider.kind == "tencent":
        return TencentGateway(provider, settings.sms_signature, settings.step_seconds, clock)
    return GenericGateway(provider, settings.receipts_url(provider.name), settings.step_seconds)
