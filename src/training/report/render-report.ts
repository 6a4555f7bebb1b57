/** The report: data in, one self-contained HTML page out. Sections without data are left out. */
import { html } from './html.ts';
import { page, type Section } from './page.ts';
import type { ClassificationReport, InspectionReport, ReportData } from './report-data.ts';
import { accuracySection } from './sections/accuracy-section.ts';
import { classesSection } from './sections/classes-section.ts';
import { datasetSection } from './sections/dataset-section.ts';
import { decisionSection } from './sections/decision-section.ts';
import { epochsSection } from './sections/epochs-section.ts';
import { expectedIouSection } from './sections/expected-iou-section.ts';
import { gradientsSection } from './sections/gradients-section.ts';
import { learningSection } from './sections/learning-section.ts';
import { confusedSection, mistakesSection } from './sections/mistakes-section.ts';
import { picturesSection } from './sections/pictures-section.ts';
import { bundleQuantizationSection } from './sections/quantization-section.ts';
import { robustnessSection } from './sections/robustness-section.ts';
import { runSection } from './sections/run-section.ts';
import { separationSection } from './sections/separation-section.ts';
import { dateTime } from './words.ts';

export function renderReport(data: ReportData): string {
	return page({
		kicker: data.kind === 'inspection' ? 'Inspection model' : 'Classifier',
		title: data.name,
		subtitle: html`${data.kind === 'inspection' && `version ${data.version} · `}${data.model} · ${data.datasetName} · ${dateTime(data.createdAt)}`,
		sections: data.kind === 'inspection' ? inspectionSections(data) : classificationSections(data),
	});
}

function inspectionSections(data: InspectionReport): (Section | undefined)[] {
	return [
		decisionSection(data),
		separationSection(data),
		classesSection(data),
		mistakesSection(data),
		expectedIouSection(data),
		bundleQuantizationSection(data),
		robustnessSection(data.robustness),
		learningSection(data.learning),
		gradientsSection(data.gradients),
		picturesSection(data.pictures),
		datasetSection(data.dataset),
		runSection(data.run),
	];
}

function classificationSections(data: ClassificationReport): (Section | undefined)[] {
	return [
		accuracySection(data),
		epochsSection(data),
		confusedSection(data),
		gradientsSection(data.gradients),
		picturesSection(data.pictures),
		datasetSection(data.dataset),
		runSection(data.run),
	];
}
