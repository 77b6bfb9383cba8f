"""Starts and stops the lab: every server on its own loopback port, and the table of routes."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import socket
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import dns.name

from lab.company import COMPANY_FILE, CompanyError, Host, Service
from lab.connection import Connections, Serve
from lab.naming.authority import Authority
from lab.naming.resolver import Resolver
from lab.naming.server import Backend, Datagrams, serve_stream
from lab.outside.application import WEB, WHOIS
from lab.outside.feeds import feed_text
from lab.outside.mmdb import geo_database
from lab.port import endpoint, take_port
from lab.services.ftp import FtpServer
from lab.services.mail import MailServer
from lab.services.mysql import MySqlServer
from lab.services.redis import RedisServer
from lab.services.shell import start_shell
from lab.services.whois import WhoisServer
from lab.state import State, describe_certificates, describe_feeds, route_key
from lab.web.message import Handler
from lab.web.server import WebServer
from lab.web.site import site_handler
from lab.web.tls import Contexts
from lab.world import World

RESOLVERS = 2
NOON_S = 43_200


class Lab:
    """A running lab. `state` is what the state file says."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.state = _prepare(world, folder)
        self._contexts = Contexts(world.company, folder)
        self._connections = Connections()
        self._ends: list[Callable[[], Awaitable[None] | None]] = []

    async def start(self) -> None:
        """Bring up every server. On failure, what was brought up is ended again."""
        try:
            now = self.world.company.day(0).timestamp() + NOON_S
            for _ in range(RESOLVERS):
                resolver = Resolver(self.world.zones, now)
                self.state.resolvers.append(f"{await self._names(resolver)}/udp+tcp")
            for name, host in self.world.company.hosts.items():
                for port, service in host.services.items():
                    await self._open(name, host, port, service)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """End every server and every connection."""
        while self._ends:
            ending = self._ends.pop()()
            if ending is not None:
                await ending
        await self._connections.stop()

    async def _open(self, name: str, host: Host, port: int, service: Service) -> None:
        transports = ("udp", "tcp") if service.speaks == "dns" else ("tcp",)
        where = await self._serve(name, host, service)
        for address in host.addresses:
            for transport in transports:
                self.state.routes[route_key(address, port, transport)] = where

    async def _serve(self, name: str, host: Host, service: Service) -> str:
        """Start one service; where it listens."""
        match service.speaks:
            case "dns":
                held = self.world.held_by(host.addresses)
                authority = Authority(held, self.world.zones, service.transfers)
                where = await self._names(authority)
            case "http" | "https":
                where = await self._web(service)
            case "smtp":
                where = await self._mail(service)
            case "ssh":
                where = await self._shell(name, service)
            case "ftp" | "redis" | "mysql" | "whois":
                tcp, _ = take_port()
                where = await self._listen(tcp, _conversation(self.world, service))
        return where

    async def _names(self, backend: Backend) -> str:
        tcp, udp = take_port(with_udp=True)
        assert udp is not None, "it was asked for"  # noqa: S101
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: Datagrams(backend), sock=udp)
        self._ends.append(transport.close)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await serve_stream(backend, reader, writer)

        return await self._listen(tcp, serve)

    async def _web(self, service: Service) -> str:
        handlers = {site: self._handler(site) for site in service.sites}
        is_tls = service.speaks == "https"
        server = WebServer(handlers, is_tls)
        context = self._contexts.for_sites(service.sites, service.max_tls) if is_tls else None
        tcp, _ = take_port()
        return await self._listen(tcp, server.serve, context)

    def _handler(self, site: str) -> Handler:
        application = self.world.company.sites[site].application
        if application is None:
            return site_handler(self.world.company, site)
        return WEB[application](self.world)

    async def _mail(self, service: Service) -> str:
        context = self._contexts.for_certificate(service.certificate)
        mail = MailServer(service.banner, context)
        tcp, _ = take_port()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(mail.protocol, sock=tcp)
        self._ends += [mail.stop, server.close]
        return endpoint(tcp)

    async def _shell(self, name: str, service: Service) -> str:
        tcp, _ = take_port()
        where = endpoint(tcp)
        server = await start_shell(name, service.banner, tcp)

        async def end() -> None:
            server.close()
            await server.wait_closed()

        self._ends.append(end)
        return where

    async def _listen(
        self, tcp: socket.socket, serve: Serve, context: ssl.SSLContext | None = None
    ) -> str:
        connected = self._connections.accept(serve)
        server = await asyncio.start_server(connected, sock=tcp, ssl=context)
        self._ends.append(server.close)
        return endpoint(tcp)


def _conversation(world: World, service: Service) -> Serve:
    """What talks on the port of a service that has a small protocol of its own."""
    if service.speaks == "ftp":
        return FtpServer(service.banner).serve
    if service.speaks == "redis":
        return RedisServer(service.banner).serve
    if service.speaks == "mysql":
        return MySqlServer(service.banner).serve
    application = world.company.sites[service.sites[0]].application
    if application is None or application not in WHOIS:
        raise CompanyError(f"sites: {service.sites[0]} has no program that answers WHOIS")
    return WhoisServer(WHOIS[application](world)).serve


@contextlib.asynccontextmanager
async def run(
    path: Path = COMPANY_FILE, *, folder: Path | None = None, today: dt.date | None = None
) -> AsyncIterator[Lab]:
    """The running lab of the company at `path`; its files lie in `folder`, by default a new one."""
    with contextlib.ExitStack() as stack:
        place = folder or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="mirage-lab-"))
        )
        lab = Lab(World.read(path, today), place)
        await lab.start()
        try:
            yield lab
        finally:
            await lab.stop()


def _prepare(world: World, folder: Path) -> State:
    """Write the files that servers and collectors read, and begin the state with them."""
    ca_file = world.certificates.write(folder)
    files = {"geo_mmdb": folder / "geo.mmdb"}
    files["geo_mmdb"].write_bytes(geo_database(world.company))
    for slug, feed in world.company.feeds.items():
        if feed.local:
            files[slug] = folder / f"{slug}.txt"
            files[slug].write_text(feed_text(slug, feed), encoding="utf-8")
    texts = {name: str(path.resolve()) for name, path in files.items()}
    return State(
        company=world.company.name,
        today=world.company.today.isoformat(),
        seeds=list(world.company.seeds),
        ca_file=str(ca_file.resolve()),
        trust_anchor=f". 3600 IN DS {world.zones[dns.name.root].ds}",
        files=texts,
        feeds=describe_feeds(world, texts),
        certificates=describe_certificates(world),
    )
