# Templates of other languages. Above a line: what the tool says about it.
# expect: CM110
42 4 * * * {{ django }} clearsessions

# expect: CM110
*/10 4 * * * {{ cron }} send_digest 2>/dev/null

# expect: CM110
7 4 * * * cd {{ source }} && {{ python }} -u manage.py rebuild_index --limit={{ limit|default(10) }}

{% if use_stock %}
# expect: CM110 CM312
8 4 * * * ./manage.py count_stock --day=$(date +\%F)
{% endif %}

# expect: CM110
{% if amqp %}9 4 * * * ./manage.py drain_queue{% endif %}

# expect: CM110 CM206
10 {% if night %}3{% else %}13{% endif %} * * * ./manage.py move_orders

# expect: CM110 CM206
{{ digest_schedule }} ./manage.py send_digest

# expect: CM110
%{stock_enabled}*/5 4 * * * ./manage.py sync_stock

# expect: CM110
11 4 * * * <%= shop_dir %>/manage.py expire_carts

# expect: CM110
12 4 * * * __FINALPATH__/manage.py prune_drafts
