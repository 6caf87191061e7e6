// The order of the test files: those that take long begin first, so that no worker is left alone with one at the end.

import { BaseSequencer, type TestSpecification } from "vitest/node";

/** From the longest. A file's size, by which vitest goes, says nothing about these. */
const SLOW = [
  ...["browser/console", "browser/security", "flows/start", "browser/console-looks", "bench/run", "flows/move-project"],
  ...["browser/login", "browser/examples", "bench/scale", "flows/stampede", "browser/elements"],
  ...["placement/move-interrupted", "placement/move-logins", "security/tenant-matrix", "faults/login", "placement/eight"],
  ...["conformance/relying-party/whole-login", "placement/move-rules", "login/stampede"],
].map((name) => `/test/${name}.test.ts`);

export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => {
      const index = SLOW.findIndex((end) => moduleId.endsWith(end));
      return index === -1 ? SLOW.length : index;
    };
    const projects = [...new Set(sorted.map(({ project }) => project))];
    return projects.flatMap((own) => sorted.filter(({ project }) => project === own).sort((a, b) => rank(a) - rank(b)));
  }
}
