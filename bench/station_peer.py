"""Peer of `andon bench station`: the same inspection as a good script in Python does it.

    python3 station_peer.py '{"model": "m.onnx", "frames": "f.bin", "side": 512, "threads": 1, "threshold": 0.9,
                              "host": "127.0.0.1", "port": 1883, "store": "s.db", "commit": "group"}'

OpenCV finds the regions, onnxruntime infers, sqlite3 records (WAL, synchronous=FULL), paho-mqtt publishes (QoS 1) what is
durable and takes it out of the outbox once the broker has it. `commit`: `group` commits in a thread of its own, whatever
came within 20 ms together, as Andon does; `part` commits every part before the next one is taken.

Reads a line of JSON for each thing to do: {"slice": ms} inspects for so long and answers with {"parts", "ms"};
{"end": true} answers with its figures and ends.
"""
import json
import os
import queue
import sqlite3
import sys
import threading
import time
import uuid

import cv2
import numpy as np
import onnxruntime as ort
import paho.mqtt.client as mqtt

ask = json.loads(sys.argv[1])
side = ask['side']
cv2.setNumThreads(1)

options = ort.SessionOptions()
options.intra_op_num_threads = ask['threads']
options.inter_op_num_threads = 1
options.log_severity_level = 3
options.add_session_config_entry('session.intra_op.allow_spinning', '0')
session = ort.InferenceSession(ask['model'], options, providers=['CPUExecutionProvider'])
frames = np.fromfile(ask['frames'], np.uint8).reshape(-1, 1, side, side, 1)


class Store:
    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.execute('PRAGMA journal_mode = WAL')
        self.db.execute('PRAGMA synchronous = FULL')
        self.db.execute('CREATE TABLE inspections (result_id TEXT PRIMARY KEY, verdict TEXT, record TEXT) WITHOUT ROWID')
        self.db.execute('CREATE TABLE outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT, payload TEXT)')

    def write(self, records, sent):
        """All or nothing; returns the numbers of the new messages."""
        numbers = []
        self.db.execute('BEGIN IMMEDIATE')
        for record, text in records:
            self.db.execute('INSERT INTO inspections VALUES (?, ?, ?)', (record['resultId'], record['verdict'], text))
            row = self.db.execute('INSERT INTO outbox (topic, payload) VALUES (?, ?)', ('inspection', text))
            numbers.append(row.lastrowid)
        self.db.executemany('DELETE FROM outbox WHERE number = ?', [(number,) for number in sent])
        self.db.execute('COMMIT')
        return numbers


class Line:
    def __init__(self):
        self.store = Store(ask['store'])
        self.boot = uuid.uuid4().hex[:10]
        self.sequence = 0
        self.waiting = queue.SimpleQueue()
        self.sent = []
        self.in_flight = {}
        self.lock = threading.Lock()
        self.beyond = []
        self.infer = []
        self.durable = []
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=f'peer-{self.boot}')
        self.client.max_inflight_messages_set(16)
        self.client.on_publish = self.published
        self.client.connect(ask['host'], ask['port'])
        self.client.loop_start()
        if ask['commit'] == 'group':
            threading.Thread(target=self.commit_groups, daemon=True).start()

    def published(self, client, userdata, mid, reason, properties):
        with self.lock:
            number = self.in_flight.pop(mid, None)
            if number is not None:
                self.sent.append(number)

    def inspect(self):
        frame = frames[self.sequence % len(frames)]
        self.sequence += 1
        taken = time.perf_counter()
        begun = time.perf_counter()
        score, mask = session.run(['score', 'mask'], {'image': frame})
        answered = time.perf_counter()
        score, mask = float(score[0]), mask[0]
        if not (0 <= score <= 1.0000002 and 0 <= mask.min() and mask.max() <= 1.0000002):
            raise ValueError('no probabilities')
        marked = mask > 0.5
        defects = self.defects(mask, marked) if marked.any() else []
        expected = None
        if defects:
            inside, area = float(mask[marked].sum(dtype=np.float64)), int(marked.sum())
            expected = inside / (area + float(mask.sum(dtype=np.float64)) - inside)
        verdict = 'defect' if score >= ask['threshold'] else 'ok'
        decided = time.perf_counter()
        self.infer.append(answered - begun)
        self.beyond.append(decided - taken - (answered - begun))
        record = {
            'resultId': f'peer-{self.boot}-cam-{self.sequence}', 'partId': f'part-{self.sequence}', 'station': 'peer',
            'camera': 'cam', 'sequence': self.sequence, 'verdict': verdict, 'score': score, 'defects': defects,
            'expectedIou': expected, 'threshold': ask['threshold'],
            'times': {'end': time.time(), 'inferenceMs': 1000 * (answered - begun)},
        }
        self.record(record, decided)

    def defects(self, mask, marked):
        count, labels, stats, _ = cv2.connectedComponentsWithStats(marked.view(np.uint8), connectivity=8)
        found = []
        for label in range(1, count):
            x, y, width, height, area = (int(value) for value in stats[label])
            inside = labels[y:y + height, x:x + width] == label
            values = mask[y:y + height, x:x + width][inside]
            points = cv2.findNonZero(inside.view(np.uint8))
            hull = cv2.convexHull(points)[:, 0, :].astype(np.float64)
            length = float(np.sqrt(((hull[:, None] - hull[None]) ** 2).sum(-1).max()))
            found.append({'box': {'x': x, 'y': y, 'width': width, 'height': height}, 'areaPx': area, 'lengthPx': length,
                          'peak': float(values.max()), 'mean': float(values.mean())})
        return sorted(found, key=lambda defect: -defect['areaPx'])

    def record(self, record, decided):
        text = json.dumps(record)
        if ask['commit'] == 'group':
            self.waiting.put((record, text, decided))
        else:
            self.commit([(record, text, decided)])

    def commit_groups(self):
        while True:
            group = [self.waiting.get()]
            time.sleep(0.02)
            while not self.waiting.empty():
                group.append(self.waiting.get())
            self.commit(group)

    def commit(self, group):
        with self.lock:
            sent, self.sent = self.sent, []
        numbers = self.store.write([(record, text) for record, text, _ in group], sent)
        now = time.perf_counter()
        for (record, text, decided), number in zip(group, numbers):
            self.durable.append(now - decided)
            with self.lock:
                self.in_flight[self.client.publish('andon/peer/inspection', text, qos=1).mid] = number

    def slice(self, ms):
        self.inspect()
        begun = time.perf_counter()
        parts = 0
        while time.perf_counter() - begun < ms / 1000:
            self.inspect()
            parts += 1
        took = time.perf_counter() - begun
        time.sleep(0.08)
        return {'parts': parts, 'ms': 1000 * took}

    def figures(self):
        spread = lambda values: {f'p{share}': 1000 * float(np.percentile(values, share)) for share in (50, 99)}
        with open('/proc/self/statm') as statm:
            resident = int(statm.read().split()[1]) * os.sysconf('SC_PAGE_SIZE') / 2 ** 20
        return {'beyondMs': spread(self.beyond), 'inferMs': spread(self.infer), 'durableMs': spread(self.durable),
                'mebibytes': resident}


line = Line()
print(json.dumps({'ready': True}), flush=True)
for text in sys.stdin:
    said = json.loads(text)
    if 'slice' in said:
        print(json.dumps(line.slice(said['slice'])), flush=True)
    else:
        print(json.dumps(line.figures()), flush=True)
        os._exit(0)
