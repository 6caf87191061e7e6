// Files of this folder are imported as text (wrangler.toml, `rules`).
declare module "*/assets/orgate.css" {
  const text: string;
  export default text;
}
declare module "*/assets/hosted.js" {
  const text: string;
  export default text;
}
