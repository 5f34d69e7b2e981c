/** What `switchyard --help` says. */
export const usage = `switchyard: distributes the callers of FreeSWITCH to agents

  switchyard engine --config FILE   runs the engine until SIGTERM or SIGINT; SIGHUP reads FILE again
  switchyard check FILE             says everything that is wrong with a configuration, options of plugins included
  switchyard plugin NAME --config FILE
                                    runs a service plugin, for all tenants that have it under \`plugins\`
      NAME            as it is configured; or the PATH of one, as ./front-row
      --tenant T      for this tenant alone
      --ops-port N    where its /metrics, /healthz and /readyz are (default 0: any free port)
  switchyard new-plugin NAME        writes a working plugin with its test, to begin with
      --directory DIR    where                              (default the working directory)
  switchyard import-callcenter FILE turns a callcenter.conf.xml of mod_callcenter into a configuration
      --output FILE      instead of standard output; --force replaces what is there
      --tenant NAME      the tenant it becomes              (default default)
      --set NAME=VALUE   the value of $\${NAME} in the XML; as often as needed
  switchyard demo                   shows the engine at work on a simulated FreeSWITCH
      --agents N      agents on duty                        (default 20)
      --rate R        callers a second                      (default 2)
      --seconds S     how long callers come                 (default 60)
      --seed N        the same seed gives the same callers  (default 1)
      --json          a JSON object as the last line of standard output
  switchyard events --config FILE   writes the events that the broker keeps, as lines, to standard output
      --since SPAN    only those younger, as 90s, 30m, 2h or 1d
      --tenant T      only those of a tenant
  switchyard replay EVENTS --config NEW
                                    plays the day of these lines (- is standard input) under other rules
      --against OLD   and under these, to compare with
      --tenant T      whose day, when NEW has several
      --seed N        what is drawn where the events do not say (default 1)
      --json          figures as a JSON object
  switchyard explain CALL_ID        tells the story of a call, and why it went where it went
      --config FILE   from the events that the broker keeps, or
      --events FILE   from lines of events
  switchyard --help                 this text
  switchyard --version

A configuration is described in docs/configuration.md. Exit status: 0 well, 1 the work failed, 2 the command
or the configuration cannot be used.
`
