// Styles and scripts are imported as text (wrangler.toml, rules).
declare module "*.css" {
  const text: string;
  export default text;
}

declare module "*/assets/hosted.js" {
  const text: string;
  export default text;
}

declare module "*/assets/console.js" {
  const text: string;
  export default text;
}
