"""A Modbus TCP server of pymodbus on 127.0.0.1 and the port given: 100 coils and registers each, input registers hold 17."""

import asyncio
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext

try:
    from pymodbus.datastore import ModbusDeviceContext as Device
except ImportError:
    from pymodbus.datastore import ModbusSlaveContext as Device
from pymodbus.server import StartAsyncTcpServer


async def main() -> None:
    block = ModbusSequentialDataBlock
    device = Device(di=block(1, [0] * 100), co=block(1, [0] * 100), hr=block(1, [0] * 100), ir=block(1, [17] * 100))
    serving = asyncio.create_task(
        StartAsyncTcpServer(context=ModbusServerContext(device, single=True), address=("127.0.0.1", int(sys.argv[1])))
    )
    await asyncio.sleep(0.5)
    print("listening", flush=True)
    await serving


asyncio.run(main())
