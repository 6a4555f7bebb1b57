"""A real RTSP server: `rtsp-server.py PORT PIPELINE [USER PASSWORD]` serves one stream at /line until it is killed."""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

Gst.init(None)
if len(sys.argv) < 3:
    sys.exit(0)
port, pipeline, *credentials = sys.argv[1:]
server = GstRtspServer.RTSPServer.new()
server.set_address("127.0.0.1")
server.set_service(port)
factory = GstRtspServer.RTSPMediaFactory.new()
factory.set_launch(pipeline)
factory.set_shared(True)
if credentials:
    auth = GstRtspServer.RTSPAuth.new()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken.new()
    token.set_string("media.factory.role", "viewer")
    auth.add_digest(*credentials, token)
    server.set_auth(auth)
    role = Gst.Structure.new_from_string("viewer, media.factory.access=true, media.factory.construct=true")
    factory.add_role_from_structure(role)
server.get_mount_points().add_factory("/line", factory)
if server.attach(None) == 0:
    sys.exit(f"port {port} cannot be opened")
print("ready", flush=True)
GLib.MainLoop().run()
