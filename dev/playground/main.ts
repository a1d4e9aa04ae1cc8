/** Serves the playground: `npm run playground`. */
import { startPlayground } from "./server";

const main = async () => {
  const port = Number(process.env.PORT ?? 0);
  const { url, stop } = await startPlayground({ port });
  const target = process.env.ANTHROPIC_API_KEY
    ? "It uses ANTHROPIC_API_KEY: steps cost money, up to $1 unless the page sets another cap."
    : "It uses an emulator of Claude's API: no account, no network, no cost.";
  console.log(`The connector in the browser. ${target}\n\n  ${url}\n\nCtrl-C ends it.`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void stop().then(() => process.exit(0)));
  }
};

main().catch((error: NodeJS.ErrnoException) => {
  console.error(
    error.code === "EADDRINUSE" ? "The port is in use. Set another PORT." : String(error),
  );
  process.exitCode = 1;
});
