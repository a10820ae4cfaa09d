// Holds manifests of operators' kinds against models that are generated from those operators' own Go types: what is required, and of which
// type a value is, by the models' validation; that there is a field of that name at all, by TypeScript, to which an object that is written
// out may have no field that its type lacks.
//
//   node check.mjs MANIFESTS       a JSON array of manifests; prints how many it held
//
// What `npm install` brings has to be beside this file. Exit code 1 names the manifest and the field.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const MODULES = {
  Certificate: "@kubernetes-models/cert-manager/cert-manager.io/v1/Certificate",
  PrometheusRule: "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule",
  ScaledObject: "@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject",
  ServiceMonitor: "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor",
};
const MODELS = {};
for (const [kind, module] of Object.entries(MODULES)) {
  MODELS[kind] = (await import(module))[kind];
}
const OPTIONS = {
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  types: [],
};

/** What the validation of its model says of a manifest; empty if nothing. */
function invalid(manifest) {
  try {
    new MODELS[manifest.kind](manifest).validate();
    return [];
  } catch (e) {
    return [`${manifest.kind} ${manifest.metadata.name}: ${e.message}`];
  }
}

/** What TypeScript says of manifests as values of their types; empty if nothing. */
function mistyped(manifests) {
  const file = fileURLToPath(new URL("manifests.ts", import.meta.url));
  const imports = Object.entries(MODULES).map(([kind, module]) => `import type { I${kind} } from "${module}";`);
  const values = manifests.map((manifest, i) => `export const manifest${i}: I${manifest.kind} = ${JSON.stringify(manifest, null, 1)};`);
  writeFileSync(file, [...imports, ...values].join("\n"));
  try {
    const program = ts.createProgram([file], OPTIONS);
    return ts.getPreEmitDiagnostics(program).map(each => {
      const at = each.file === undefined ? "" : each.file.text.slice(0, each.start).split("export const ").at(-1).slice(0, 60);
      return `${at.split("=")[0]}${ts.flattenDiagnosticMessageText(each.messageText, " ")}`;
    });
  } finally {
    rmSync(file);
  }
}

/** A field that is wrong by one letter, and a number where a text has to be, are noticed, or all else means nothing. */
function seesMistakes(manifests) {
  const monitor = structuredClone(manifests.find(each => each.kind === "ServiceMonitor"));
  monitor.spec.endpoints[0].intervall = "30s";
  const scaled = structuredClone(manifests.find(each => each.kind === "ScaledObject"));
  scaled.spec.triggers[0].type = 7;
  return mistyped([monitor]).length === 1 && invalid(scaled).length === 1;
}

const manifests = JSON.parse(readFileSync(process.argv[2], "utf8"));
const missing = Object.keys(MODELS).filter(kind => !manifests.some(manifest => manifest.kind === kind));
if (missing.length > 0) {
  throw new Error(`no ${missing.join(", ")} among ${manifests.length} manifests`);
}
if (!seesMistakes(manifests)) {
  throw new Error("a mistake was not seen");
}
const problems = [...manifests.flatMap(invalid), ...mistyped(manifests)];
problems.forEach(problem => console.error(problem));
console.log(`${manifests.length} manifests of operators against their types, ${problems.length} faults`);
process.exitCode = problems.length === 0 ? 0 : 1;
