"""The live story, from a feed that is due to a digest that is delivered.

    due feeds      → fetch* → parse° → keep the unseen → read the page*° → judge → record     one transaction per feed
    due recipients → select → render → freeze → claim → send* → finish

    * network, asyncio      ° a killable process      all else: plain functions, the database in threads

`polling` is the upper line, `telling` the lower. Here alone those who decide (`schedule`, `stories`, `matching`,
`digest`) meet those who act (`net`, `sources`, `delivery`, `store`); `now` is an argument everywhere.
"""
