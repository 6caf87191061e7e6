import { expect, it } from "vitest";
import { ASSETS, assetUrl } from "../../src/views/assets.ts";
it("x", () => { expect(ASSETS.get("hosted.js")?.body).toContain("// @ts-check"); expect(ASSETS.get("orgate.css")?.body).toContain(":root"); console.log(assetUrl("hosted.js")) });
