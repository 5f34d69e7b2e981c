/** The text of `switchyard --help`. */
export const usage = `switchyard: distributes the callers of FreeSWITCH to agents

  switchyard engine --config FILE   runs the engine until SIGTERM or SIGINT; SIGHUP makes it read FILE again
  switchyard check FILE             lists everything that is wrong with a configuration and with the options of
                                    its plugins; exits with status 0 if it can be used, 2 if not
  switchyard plugin NAME --config FILE
                                    runs a service plugin, for all tenants that list it under \`plugins\`
      NAME            its name in the configuration, or a PATH, for example ./front-row
      --tenant T      only for this tenant
      --ops-port N    port of its /metrics, /healthz and /readyz (default 0: any free port)
  switchyard new-plugin NAME        writes a working plugin with its test, to start from
      --directory DIR    where to write it                  (default the working directory)
  switchyard import-callcenter FILE turns a callcenter.conf.xml of mod_callcenter into a configuration
      --output FILE      write to FILE instead of standard output; --force overwrites it
      --tenant NAME      name of the tenant it becomes      (default default)
      --set NAME=VALUE   the value of $\${NAME} in the XML; may be repeated
  switchyard demo                   shows the engine at work on a simulated FreeSWITCH
      --agents N      agents on duty                        (default 20)
      --rate R        callers per second                    (default 2)
      --seconds S     how long callers come                 (default 60)
      --seed N        the same seed gives the same callers  (default 1)
      --json          print a JSON object as the last line
  switchyard events --config FILE   writes the events that the broker keeps to standard output, one per line
      --since SPAN    only events of the last 90s, 30m, 2h or 1d
      --tenant T      only events of this tenant
  switchyard replay EVENTS --config NEW
                                    replays recorded events (- is standard input) under other rules
      --against OLD   compare with the results under this configuration
      --tenant T      the tenant to replay, when NEW has several
      --seed N        seed for what the events leave open   (default 1)
      --json          print the figures as a JSON object
  switchyard explain CALL_ID        shows what happened to a call, and why it went where it went
      --config FILE   read the events that the broker keeps
      --events FILE   read events from a file
  switchyard --help                 prints this text
  switchyard --version              prints the version

docs/configuration.md describes the configuration.
Exit status: 0 success, 1 the command failed, 2 wrong usage or a configuration that cannot be used.
`
