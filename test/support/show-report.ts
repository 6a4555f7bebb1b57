/** Writes a report of generated numbers, to look at: `node test/support/show-report.ts inspection|classification FILE`. */
import { writeFile } from 'node:fs/promises';
import { renderReport } from '../../src/training/report/render-report.ts';
import { classificationReport, inspectionReport } from './report-fixture.ts';

const [kind, file] = process.argv.slice(2);
await writeFile(file, renderReport(await (kind === 'classification' ? classificationReport() : inspectionReport())));
